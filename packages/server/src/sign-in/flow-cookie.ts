import { hkdfSync } from 'node:crypto';
import { limits } from '@coderoom/protocol';
import { EncryptJWT, jwtDecrypt } from 'jose';
import type { OidcFlow } from './issuer.ts';

/** What the browser carries to the provider's page and back: sealed, so that nobody can make or read one. */
export interface SealedFlows {
  seal(flow: FlowWithReturn): Promise<string>;
  /** Undefined when it is not ours, or too old. */
  open(sealed: string): Promise<FlowWithReturn | undefined>;
}

/** Somebody on their way through the provider. */
interface FlowWithReturn extends OidcFlow {
  /** A path of this server. */
  returnTo: string;
}

const algorithm = { alg: 'dir', enc: 'A256GCM' } as const;
const audience = 'coderoom:oidc-flow';
const keyBytes = 32;

export function createSealedFlows({ secretKey, now }: { secretKey: string; now(): number }): SealedFlows {
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom OpenID Connect flows', keyBytes));
  return {
    seal: (flow) =>
      new EncryptJWT({ ...flow })
        .setProtectedHeader(algorithm)
        .setAudience(audience)
        .setExpirationTime(new Date(now() + limits.oidcFlowTtlMs))
        .encrypt(key),

    async open(sealed) {
      try {
        const { payload } = await jwtDecrypt<FlowWithReturn>(sealed, key, {
          keyManagementAlgorithms: [algorithm.alg],
          contentEncryptionAlgorithms: [algorithm.enc],
          audience,
          requiredClaims: ['exp'],
          currentDate: new Date(now()),
        });
        const { redirectUri, state, nonce, verifier, returnTo } = payload;
        return { redirectUri, state, nonce, verifier, returnTo };
      } catch {
        return undefined;
      }
    },
  };
}
