/** Shows output with its colours and cursor movements. Loaded when the first output is to be shown. */
import type { RunFrame } from '@coderoom/protocol';
import { FitAddon } from '@xterm/addon-fit';
import { type ILink, type ITheme, Terminal as Xterm } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';
import { useStore } from '../../store.ts';
import { textStep } from '../editor/editor-looks.ts';
import { findPlaces } from '../problems/find-places.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { theme } from '../theme/theme.ts';
import { offerProgramLink } from './program-link.ts';
import '@xterm/xterm/css/xterm.css';

export interface TerminalProps {
  room: OpenRoom;
  runId: string;
  frames: RunFrame[];
  isShown: boolean;
  /** The editor has been moved to a place that was pressed; must stay the same function. */
  onJump: () => void;
}

/** As --output-size has it. */
const outputTextPx = 13;
const scrollbackLines = 10_000;
const readableContrast = 4.5;

export default function Terminal({ room, runId, frames, isShown, onJump }: TerminalProps) {
  const parent = useRef<HTMLDivElement>(null);
  const [terminal, setTerminal] = useState<Xterm | null>(null);
  const written = useRef({ runId: '', frames: 0 });
  const refit = useRef(() => {});
  const shownTheme = useStore(theme);

  useEffect(() => {
    if (parent.current === null) return;
    const { created, fit, dispose } = createTerminal(parent.current);
    refit.current = fit;
    written.current = { runId: '', frames: 0 };
    setTerminal(created);
    return dispose;
  }, []);

  useEffect(() => {
    if (terminal !== null) terminal.options.theme = themeOf(shownTheme);
  }, [terminal, shownTheme]);

  const step = useStore(textStep);
  useEffect(() => {
    if (terminal !== null) terminal.options.fontSize = outputTextPx + step;
    refit.current();
  }, [terminal, step]);

  useEffect(() => {
    if (terminal === null) return;
    const isSame = written.current.runId === runId && written.current.frames <= frames.length;
    if (!isSame) {
      terminal.reset();
      written.current = { runId, frames: 0 };
    }
    for (const { data } of frames.slice(written.current.frames)) terminal.write(data);
    written.current.frames = frames.length;
  }, [terminal, runId, frames]);

  useEffect(
    () =>
      room.runs.onEcho((echoedRunId, text) => {
        if (echoedRunId === runId) terminal?.write(`\u001b[2m${text}\u001b[22m`);
      }),
    [terminal, room, runId],
  );
  useEffect(() => {
    if (terminal === null) return;
    const provider = terminal.registerLinkProvider({
      provideLinks: (row, answer) => answer(linksIn(terminal, row, room, onJump)),
    });
    return () => provider.dispose();
  }, [terminal, room, onJump]);
  return <div className="terminal" ref={parent} aria-hidden={!isShown} />;
}

/** The places that a row of output names; pressing one goes there. */
function linksIn(terminal: Xterm, row: number, room: OpenRoom, onJump: () => void): ILink[] {
  const text = terminal.buffer.active.getLine(row - 1)?.translateToString(true) ?? '';
  return findPlaces(text, room.files.list.get().paths).map(({ path, line, column, start, end }) => ({
    range: { start: { x: start + 1, y: row }, end: { x: end, y: row } },
    text: text.slice(start, end),
    activate() {
      if (room.reveals.show(path, { name: 'go', line, column })) onJump();
    },
  }));
}

function createTerminal(parent: HTMLElement): { created: Xterm; fit: () => void; dispose: () => void } {
  const style = getComputedStyle(parent);
  const created = new Xterm({
    convertEol: true,
    disableStdin: true,
    cursorStyle: 'underline',
    cursorInactiveStyle: 'none',
    // Its own handler asks with a dialog that stops the page.
    linkHandler: { activate: (_event, address) => offerProgramLink(address) },
    fontFamily: style.getPropertyValue('--font-mono'),
    fontSize: outputTextPx,
    lineHeight: 1.35,
    scrollback: scrollbackLines,
    minimumContrastRatio: readableContrast,
    theme: themeOf(theme.get()),
  });
  const fit = new FitAddon();
  created.loadAddon(fit);
  created.open(parent);
  // It only shows: keys belong to the page, and Tab passes it by.
  created.attachCustomKeyEventHandler(() => false);
  created.textarea?.setAttribute('tabindex', '-1');
  created.textarea?.setAttribute('aria-hidden', 'true');
  const refit = () => {
    if (parent.clientWidth > 0 && parent.clientHeight > 0) fit.fit();
  };
  const observer = new ResizeObserver(refit);
  observer.observe(parent);
  return {
    created,
    fit: refit,
    dispose() {
      observer.disconnect();
      created.dispose();
    },
  };
}

/** The sixteen colours of terminals, muted to go with the rest; xterm sees to it that they can be read. */
function themeOf(shown: 'light' | 'dark'): ITheme {
  const read = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const base: ITheme = {
    background: read('--surface'),
    foreground: read('--text'),
    cursor: read('--surface'),
    selectionBackground: read('--code-selection-solid'),
  };
  const light = {
    black: '#1b1c1a',
    red: '#b42318',
    green: '#0f7a55',
    yellow: '#8a5a00',
    blue: '#1d4fbf',
    magenta: '#8a2fb8',
    cyan: '#0b6b7a',
    white: '#6b6d65',
  };
  const dark = {
    black: '#8e9189',
    red: '#ff8a7a',
    green: '#5fd7a0',
    yellow: '#e9c46a',
    blue: '#8ab8ff',
    magenta: '#d0a5ff',
    cyan: '#74d4e0',
    white: '#ecedea',
  };
  const colours = shown === 'dark' ? dark : light;
  const bright = Object.entries(colours).map(([name, value]) => [
    `bright${name[0]?.toUpperCase()}${name.slice(1)}`,
    value,
  ]);
  return { ...base, ...colours, ...Object.fromEntries(bright) };
}
