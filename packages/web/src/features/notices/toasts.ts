/** Short messages that leave by themselves. */
import { createStore, type ReadableStore } from '../../store.ts';
import { announce } from './announcer.ts';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action: { label: string; act: () => void } | null;
}

const shownMs = 4_000;
const shownWithActionMs = 8_000;
const shownMax = 3;

const shown = createStore<Toast[]>([]);
let lastId = 0;

export const toasts: ReadableStore<Toast[]> = shown;

/** Returns by what it can be dismissed before its time. */
export function showToast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
  const toast: Toast = { id: ++lastId, text, tone: 'plain', action: null, ...options };
  shown.update((current) => [...current.filter((other) => other.text !== text), toast].slice(-shownMax));
  announce(text);
  setTimeout(() => dismissToast(toast.id), toast.action === null ? shownMs : shownWithActionMs);
  return toast.id;
}

/** Says why something did not work, in the server's words. */
export function showProblem(error: unknown): void {
  showToast(error instanceof Error ? error.message : 'Something went wrong.', { tone: 'bad' });
}

export function dismissToast(id: number): void {
  shown.update((current) => current.filter((toast) => toast.id !== id));
}
