import type { Base, Services } from '../services.ts';
import { createAliasStore } from './alias-store.ts';
import { createClientTexts } from './client-texts.ts';
import { createCodeConnectLive } from './code-connect-live/dialect.ts';
import { createParticipantStreams } from './code-connect-live/participant-streams.ts';
import { createCodeInterview } from './code-interview/dialect.ts';
import { createCodeCall } from './codecall/codecall.ts';
import { createCodeCast } from './codecast/codecast.ts';
import { createCreatorStore } from './codecast/creator-store.ts';
import { createCreators } from './codecast/creators.ts';
import { createCodeChill } from './codechill/codechill.ts';
import { createEventStreams } from './event-streams.ts';
import { createGuests } from './guests.ts';
import { createOpenRooms } from './open-rooms.ts';
import type { DialectList } from './serve-dialects.ts';

/** The clients of other systems, wired to the services that they share with ours. */
export function createDialects(base: Base, services: Services, { pingMs }: { pingMs: number | undefined }) {
  const { config, logger, db, rateLimits, secretKey, random, now } = base;
  const { tokens, signedIn, signIn, issuer, accounts, profiles, friends, rooms, lists, members, bans } = services;
  const { invitations, runs, languages, chat, snippets, calls, boards, events, presence, activity } = services;
  const { wholeTexts, roomCursors } = services;

  const aliases = createAliasStore(db);
  const codeCall = createCodeCall({
    accounts,
    signIn,
    signedIn,
    tokens,
    friends,
    rooms,
    members,
    bans,
    invitations,
    runs,
    aliases,
    texts: wholeTexts,
    boards,
    calls,
    logger,
    now,
  });
  const openRooms = createOpenRooms({ aliases, rooms, members, bans, events, logger, onUsed: activity.noteUse });
  const guests = createGuests({ aliases, members, presence, events, now });
  const creators = createCreators({ store: createCreatorStore(db), rateLimits, secretKey });
  const codeCast = createCodeCast({ rooms, openRooms, guests, members, languages, snippets, creators });
  const clientTexts = createClientTexts();
  const streams = createEventStreams({ pingMs: pingMs });
  const participantStreams = createParticipantStreams((error) =>
    logger.warn({ err: error }, 'a list of participants could not be told'),
  );
  const whole = { openRooms, guests, aliases, wholeTexts, clientTexts, rooms, runs, random };
  const codeConnectLive = createCodeConnectLive({
    ...whole,
    streams,
    participantStreams,
    isAloneUnderApi: !config.dialects.includes('code-interview'),
  });
  const isServed = config.dialects.includes('code-connect-live');
  const codeInterview = createCodeInterview({
    ...whole,
    elsewhere: isServed ? codeConnectLive : undefined,
    now,
  });
  const codeChill = createCodeChill({
    tokens,
    signedIn,
    signIn,
    provider: issuer,
    issuer: config.oidc?.issuer.href,
    accounts,
    profiles,
    friends,
    rooms,
    lists,
    members,
    bans,
    chat,
    runs,
    wholeTexts,
    roomCursors,
    rateLimits,
    logger,
    now,
  });
  const list: DialectList = {
    dialects: [codeCall.dialect, codeCast, codeChill, codeConnectLive, codeInterview],
    enabled: config.dialects,
  };

  return {
    list,
    /** Signs in who comes without a token that the others know. */
    laterSignIn: codeCall.laterSignIn,
    close() {
      streams.close();
      participantStreams.close();
      guests.close();
    },
  };
}
