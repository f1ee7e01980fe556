import { createHmac } from 'node:crypto';
import { type IceServer, limits } from '@coderoom/protocol';
import type { Config } from '../config.ts';

/**
 * What a member's browser needs to use the configured STUN and TURN servers. Credentials are made, not kept: the relay
 * knows the same secret, by the scheme of draft-uberti-behave-turn-rest-00 that coturn calls `use-auth-secret`.
 */
export type RelayCredentials = (memberId: string) => IceServer[];

export function createRelayCredentials(relays: Config['relays'], now: () => number): RelayCredentials {
  const stun = relays.urls.filter((url) => url.startsWith('stun'));
  const turn = relays.urls.filter((url) => !url.startsWith('stun'));
  return (memberId) => {
    const servers: IceServer[] = stun.length === 0 ? [] : [{ urls: stun }];
    if (turn.length === 0 || relays.secret === undefined) return servers;
    const endsAtS = Math.floor((now() + limits.turnCredentialTtlMs) / 1000);
    const username = `${endsAtS}:${memberId}`;
    const credential = createHmac('sha1', relays.secret).update(username).digest('base64');
    return [...servers, { urls: turn, username, credential }];
  };
}
