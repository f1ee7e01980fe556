/** Why a microphone, a camera or the screen cannot be had, and what to do about it, in words. */

export type MediaKind = 'microphone' | 'camera' | 'screen';

/** Null where nothing went wrong: somebody has thought better of it. Names are those of Media Capture and Streams, 10.2. */
export function mediaProblemOf(kind: MediaKind, error: unknown): string | null {
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  const isOfSystem = /system/i.test(message);
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      if (isOfSystem) {
        return `Your system does not let the browser use the ${kind}. Allow it in the system’s privacy settings, then try again.`;
      }
      if (kind === 'screen') return null;
      return `This page may not use your ${kind}. Press the symbol beside the address, allow the ${kind}, and try again.`;
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      return kind === 'screen'
        ? 'There is nothing here that could be shown.'
        : `No ${kind} was found. Plug one in and try again; you can hear and see the others without.`;
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return kind === 'screen'
        ? 'The screen could not be read. Try another window, or the whole screen.'
        : `The ${kind} does not answer: another program may be using it. Close that, and try again.`;
    case 'OverconstrainedError':
      return `That ${kind} is no longer there. Choose another one.`;
    case 'NotSupportedError':
      return insecureProblem(kind);
    default:
      return `The ${kind} could not be turned on. Try again, or choose another one.`;
  }
}

/** Browsers have no devices for pages that come in the clear (Secure Contexts, W3C). */
function insecureProblem(kind: MediaKind): string {
  return globalThis.isSecureContext
    ? `This browser does not give pages a ${kind}.`
    : `Browsers give the ${kind} only to pages that come by https. You can listen here; for more, ask for an https address of this server.`;
}
