import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import type { WholeTexts } from '../../files/whole-texts.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RunService } from '../../runs/service.ts';
import type { AliasStore } from '../alias-store.ts';
import type { ClientTexts } from '../client-texts.ts';
import type { Guests } from '../guests.ts';
import type { OpenRooms } from '../open-rooms.ts';

export const name = 'code-interview';
export const usersMax = 10;

/** What CodeInterview's words are translated into. */
export interface CodeInterviewServices {
  openRooms: OpenRooms;
  guests: Guests;
  aliases: Pick<AliasStore, 'setState'>;
  wholeTexts: WholeTexts;
  clientTexts: ClientTexts;
  rooms: Pick<RoomService, 'update' | 'delete'>;
  runs: Pick<RunService, 'runOnce'>;
  /** Code Connect Live, whose client asks here when it is served from this address. */
  elsewhere: Elsewhere | undefined;
  random(): number;
  now(): number;
}

/** Another dialect's sessions, where some of those that are asked for here are its own. */
interface Elsewhere {
  createSession(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  /** How it answers. */
  shapes: { session: TSchema; failure: TSchema };
}
