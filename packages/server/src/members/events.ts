import { MemberPatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { EventRouter } from '../gateway/event-router.ts';
import type { MemberService } from './service.ts';

const MemberUpdate = Type.Object(
  { ...MemberPatch.properties, memberId: Type.String() },
  // `memberId` and at least one change.
  { additionalProperties: false, minProperties: 2 },
);

export function registerMemberEvents(router: EventRouter, members: MemberService): void {
  router.on('member:update', MemberUpdate, async (caller, { memberId, ...patch }) => ({
    member: await members.update(caller, memberId, patch),
  }));
}
