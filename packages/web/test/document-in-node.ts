import { Window } from 'happy-dom';

/**
 * Gives Node the parts of a browser that CodeMirror asks for; import CodeMirror only afterwards. Everything else (fetch,
 * WebSocket, timers) stays Node's own. There is no layout: nothing can be said about where things are drawn.
 */
export function installDocument(): void {
  const window = new Window();
  const provided: Record<string, unknown> = { window, document: window.document, navigator: window.navigator };
  for (const name of parts) provided[name] = window[name];
  for (const [name, value] of Object.entries(provided)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

const parts = [
  'MutationObserver',
  'ResizeObserver',
  'IntersectionObserver',
  'Node',
  'Element',
  'HTMLElement',
  'Text',
  'Range',
  'Selection',
  'getComputedStyle',
  'requestAnimationFrame',
  'cancelAnimationFrame',
] as const;
