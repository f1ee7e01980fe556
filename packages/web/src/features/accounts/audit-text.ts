/** Acts of the security log as sentences. */
import type { AuditEntry, AuditKind } from '@coderoom/protocol';

/** `{name}` stands for what the entry's details say. A kind that is not known here is shown as it is. */
export function auditText({ kind, actor, details }: Pick<AuditEntry, 'kind' | 'actor' | 'details'>): string {
  const text = texts[kind as AuditKind];
  const name = typeof details.name === 'string' ? details.name : 'somebody';
  return text === undefined ? kind : text(actor, name, details);
}

type Details = AuditEntry['details'];

const texts: Record<AuditKind, (actor: string, name: string, details: Details) => string> = {
  'account:registered': () => 'The account was created',
  'account:signed-in': (_actor, _name, { method }) => (method === 'oidc' ? 'Signed in by single sign-on' : 'Signed in'),
  'account:sign-in-refused': () => 'A sign-in was refused',
  'account:signed-out': () => 'Signed out',
  'account:updated': () => 'The profile was changed',
  'account:password-changed': () => 'The password was changed',
  'account:rooms-claimed': () => 'Rooms of a guest were taken over',
  'identity:linked': () => 'Single sign-on was linked',
  'session:ended': () => 'A device was signed out',
  'session:token-reused': () => 'A used-up sign-in was tried again, so that device was signed out',
  'room:created': (actor) => `${actor} made the room`,
  'room:settings-changed': (actor) => `${actor} changed the settings`,
  'room:started': (actor) => `${actor} started the room`,
  'room:ended': (actor) => `${actor} ended the room`,
  'room:deleted': (actor) => `${actor} deleted the room`,
  'room:password-refused': (actor) => `${actor} tried a wrong password`,
  'room:handed-over': (actor, name) => `${actor} handed the room over to ${name}`,
  'member:role-changed': (actor, name, { role }) =>
    `${actor} made ${name} ${role === 'viewer' ? 'a viewer' : 'an editor'}`,
  'member:removed': (actor, name) => `${actor} removed ${name}`,
  'member:banned': (actor, name) => `${actor} banned ${name}`,
  'member:unbanned': (actor, name) => `${actor} lifted the ban of ${name}`,
  'knock:admitted': (actor, name) => `${actor} let ${name} in`,
  'knock:refused': (actor, name) => `${actor} did not let ${name} in`,
};
