import { afterEach, describe, expect, it, vi } from 'vitest';
import { type MediaKind, mediaProblemOf } from './media-problem.ts';

afterEach(() => vi.unstubAllGlobals());

const problem = (kind: MediaKind, name: string, message = '') => mediaProblemOf(kind, new DOMException(message, name));

describe('why a device cannot be had', () => {
  it.each([
    ['NotAllowedError', '', /may not use your camera.*allow the camera/],
    ['NotAllowedError', 'Permission denied by system', /system does not let the browser.*privacy settings/],
    ['NotFoundError', '', /No camera was found/],
    ['NotReadableError', '', /another program may be using it/],
    ['AbortError', '', /another program may be using it/],
    ['OverconstrainedError', '', /no longer there.*another one/],
    ['SomethingNew', '', /could not be turned on/],
  ])('WEB-121 %s (%s) is told with what to do', (name, message, words) => {
    expect(problem('camera', name, message)).toMatch(words);
    expect(problem('microphone', name, message)).toContain('microphone');
  });

  it('WEB-121 whoever decides against sharing a screen is told nothing', () => {
    expect(problem('screen', 'NotAllowedError')).toBeNull();
    expect(problem('screen', 'NotAllowedError', 'Permission denied by system')).toMatch(/privacy settings/);
    expect(problem('screen', 'NotReadableError')).toMatch(/another window/);
  });

  it('WEB-121 a page that did not come by https says so, and that one can listen', () => {
    vi.stubGlobal('isSecureContext', false);
    expect(problem('microphone', 'NotSupportedError')).toMatch(/only to pages that come by https.*You can listen/);
    vi.stubGlobal('isSecureContext', true);
    expect(problem('microphone', 'NotSupportedError')).not.toMatch(/https/);
  });

  it('WEB-121 what is no error of the browser is told, too', () => {
    expect(mediaProblemOf('microphone', 'nonsense')).toMatch(/could not be turned on/);
  });
});
