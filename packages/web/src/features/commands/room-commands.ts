/** What can be done in a room, by name: for the list of commands. */
import { navigation } from '../../browser-navigation.ts';
import { changeTextSize, isWrapping, textStep, toggleWrapping } from '../editor/editor-looks.ts';
import { downloadFile, downloadFiles } from '../files/download-files.ts';
import { copyText } from '../layout/copy-text.ts';
import { showToast } from '../notices/toasts.ts';
import { roomPanels } from '../panels/room-panels.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { isRunActive } from '../rooms/room-events.ts';
import { runKeyInWords } from '../rooms/use-room-keys.ts';
import { chooseTheme, theme } from '../theme/theme.ts';
import { command } from './key-names.ts';

export interface Command {
  label: string;
  group: 'Program' | 'Editor' | 'People' | 'View' | 'Files';
  /** By which it is to be had, too. */
  keys?: string;
  act: () => void;
}

export interface CommandPlace {
  room: OpenRoom;
  canChange: boolean;
  run: () => void;
  show: (pane: 'code' | 'output' | 'board') => void;
}

export function commandsOf({ room, canChange, run, show }: CommandPlace): Command[] {
  const { files, events } = room;
  const { members, memberId, run: last } = events.state.get();
  const active = files.active.get();
  const others = members.filter(({ id, online }) => id !== memberId && online);
  const followed = room.followed.get();
  const inEditor = (act: () => void) => () => {
    show('code');
    act();
  };
  return [
    ...(canChange && !isRunActive(last)
      ? [{ group: 'Program', label: 'Run the program', keys: runKeyInWords, act: run } as const]
      : []),
    ...(canChange && isRunActive(last)
      ? [{ group: 'Program', label: 'Stop the program', act: () => void room.runs.stop() } as const]
      : []),
    {
      group: 'Editor',
      label: canChange ? 'Find and replace' : 'Find',
      keys: command('F'),
      act: inEditor(() => void room.editor.get()?.find()),
    },
    { group: 'Editor', label: 'Larger text', act: () => changeTextSize(1) },
    { group: 'Editor', label: 'Smaller text', act: () => changeTextSize(-1) },
    ...(textStep.get() === 0
      ? []
      : [{ group: 'Editor', label: 'Text as large as usual', act: () => changeTextSize(0) } as const]),
    {
      group: 'Editor',
      label: isWrapping.get() ? 'Do not wrap long lines' : 'Wrap long lines',
      act: inEditor(toggleWrapping),
    },
    ...others.flatMap(({ id, name }): Command[] => [
      {
        group: 'People',
        label: `Go to ${name}`,
        act: inEditor(() => {
          if (!room.showMember(id)) showToast(`${name} has no place in the code yet`);
        }),
      },
      id === followed
        ? { group: 'People', label: `Stop following ${name}`, act: () => room.followed.set(null) }
        : { group: 'People', label: `Follow ${name}`, act: inEditor(() => room.followed.set(id)) },
    ]),
    {
      group: 'People',
      label: 'Copy the link to this room',
      act: async () =>
        showToast((await copyText(linkTo(room))) ? 'The link is copied' : 'This browser does not let the page copy.'),
    },
    ...roomPanels.map(
      ({ name, label }): Command => ({
        group: 'View',
        label: `Show ${label.toLowerCase()}`,
        act: () => room.panels.show(name),
      }),
    ),
    { group: 'View', label: 'Show the output', act: () => show('output') },
    { group: 'View', label: 'Show the board', act: () => show('board') },
    theme.get() === 'dark'
      ? { group: 'View', label: 'Light theme', act: () => chooseTheme('light') }
      : { group: 'View', label: 'Dark theme', act: () => chooseTheme('dark') },
    ...(active === null
      ? []
      : [{ group: 'Files', label: `Download ${active}`, act: () => downloadFile(room, active) } as const]),
    { group: 'Files', label: 'Download all files as a ZIP', act: () => downloadFiles(room) },
    ...files.list
      .get()
      .paths.filter((path) => path !== active)
      .map((path): Command => ({ group: 'Files', label: `Open ${path}`, act: inEditor(() => files.open(path)) })),
    { group: 'View', label: 'Leave for the start page', act: () => navigation.go('/') },
  ];
}

function linkTo({ code }: OpenRoom): string {
  return `${location.origin}/r/${code}`;
}
