import { limits } from '@coderoom/protocol';

/** The OpenID Connect provider did not answer, or not with anything that could be read. */
export class IssuerSilent extends Error {}

/**
 * `fetch` towards the provider: an answer comes in time and within bounds, from the address that was asked, or not at
 * all. A provider that fails by itself counts as silent.
 */
export async function fetchFromIssuer(url: string, options: object): Promise<Response> {
  const { signal, ...rest } = options as RequestInit;
  const late = AbortSignal.timeout(limits.issuerTimeoutMs);
  try {
    const answer = await fetch(url, {
      ...rest,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    if (answer.status >= 500) throw new IssuerSilent(`answered ${answer.status}`);
    const body = await readBounded(answer);
    const { status, headers } = answer;
    return new Response(nullBody.has(status) ? null : body, { status, headers });
  } catch (error) {
    if (error instanceof IssuerSilent) throw error;
    throw new IssuerSilent('did not answer', { cause: error });
  }
}

/** Statuses whose answers have no body. */
const nullBody = new Set([101, 204, 205, 304]);

async function readBounded(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limits.issuerAnswerMaxBytes) throw new IssuerSilent('answered too much');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
