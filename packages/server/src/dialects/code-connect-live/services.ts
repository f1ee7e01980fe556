import type { WholeTexts } from '../../files/whole-texts.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RunService } from '../../runs/service.ts';
import type { AliasStore } from '../alias-store.ts';
import type { ClientTexts } from '../client-texts.ts';
import type { EventStreams } from '../event-streams.ts';
import type { Guests } from '../guests.ts';
import type { OpenRooms } from '../open-rooms.ts';
import type { ParticipantStreams } from './participant-streams.ts';

export const name = 'code-connect-live';

/** What Code Connect Live's words are translated into. */
export interface CodeConnectLiveServices {
  openRooms: OpenRooms;
  guests: Guests;
  aliases: Pick<AliasStore, 'setState'>;
  wholeTexts: WholeTexts;
  clientTexts: ClientTexts;
  rooms: Pick<RoomService, 'update'>;
  runs: Pick<RunService, 'runOnce'>;
  streams: EventStreams;
  participantStreams: ParticipantStreams;
  /** CodeInterview, at whose address its client may ask for sessions, is switched off. */
  isAloneUnderApi: boolean;
  random(): number;
}
