import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Tokens by which whoever asked to join a room hears how it stands, and takes it back. Not stored: made anew from the id. */
export interface KnockTokens {
  issue(knockId: string): string;
  isOf(knockId: string, token: string): boolean;
}

const keyBytes = 32;

export function createKnockTokens(secretKey: string): KnockTokens {
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom knock tokens', keyBytes));
  const macOf = (knockId: string) => createHmac('sha256', key).update(knockId).digest();
  return {
    issue: (knockId) => macOf(knockId).toString('base64url'),
    isOf(knockId, token) {
      const given = Buffer.from(token, 'base64url');
      const right = macOf(knockId);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
