/** Light or dark: as the system has it, or as this person chose. boot.js sets it before the first paint. */
import { createStore, type ReadableStore } from '../../store.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Theme = 'light' | 'dark';

const key = 'coderoom:theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

function readChoice(): ThemeChoice {
  let stored: string | null = null;
  try {
    // Plain text, not JSON: boot.js reads it too.
    stored = localStorage.getItem(key);
  } catch {
    // The system's, then.
  }
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

const choice = createStore<ThemeChoice>(readChoice());
const shown = createStore<Theme>(resolve());

export const themeChoice: ReadableStore<ThemeChoice> = choice;
export const theme: ReadableStore<Theme> = shown;

function resolve(): Theme {
  const chosen = choice.get();
  if (chosen !== 'system') return chosen;
  return systemIsDark.matches ? 'dark' : 'light';
}

function apply(): void {
  const next = resolve();
  document.documentElement.dataset.theme = next;
  const background = getComputedStyle(document.documentElement).getPropertyValue('--ground').trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', background);
  shown.set(next);
}

export function chooseTheme(next: ThemeChoice): void {
  choice.set(next);
  try {
    if (next === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, next);
  } catch {
    // Not remembered, then.
  }
  apply();
}

systemIsDark.addEventListener('change', apply);
