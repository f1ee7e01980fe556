/** The keys that work in a room, for those who look for them. */
import { runKeyInWords } from '../rooms/use-room-keys.ts';
import { alt, command } from './key-names.ts';

export const knownKeys: readonly { group: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    group: 'In the room',
    keys: [
      [runKeyInWords, 'Run the program'],
      [`${command('K')} or F1`, 'All commands'],
      ['F6', 'To the next pane; with Shift to the one before'],
      ['Escape', 'Close the panel; stop following somebody'],
      [alt('M'), 'In a call: microphone on or off'],
      [alt('C'), 'In a call: camera on or off'],
    ],
  },
  {
    group: 'In the editor',
    keys: [
      [command('F'), 'Find and replace'],
      [command('Z'), 'Take back what you did'],
      [command('/'), 'Comment lines out, or in again'],
      [`${alt('↑')} ${alt('↓')}`, 'Move lines; with Shift: copy them'],
      [command('D'), 'Select the word, then also its next occurrence'],
      ['Ctrl+Space', 'Suggestions'],
      ['Tab', 'Indent; with Shift: less'],
      ['Escape, then Tab', 'Leave the editor'],
    ],
  },
];
