/** A web address that a program has put behind words of its output (OSC 8): shown in full before it is opened. */
import { showToast } from '../notices/toasts.ts';

/** Programs write what they like: words that name one address may lead to another, or to a script. */
export function offerProgramLink(address: string): void {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return;
  showToast(`This leads to ${url.href}`, {
    action: { label: 'Open', act: () => void open(url.href, '_blank', 'noopener,noreferrer') },
  });
}
