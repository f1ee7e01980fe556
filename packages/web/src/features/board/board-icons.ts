/** The board's icons, on the same grid of 20 as all others. */
import type { BoardTool } from './board-desk.ts';

export const toolIcons: Record<BoardTool, string> = {
  select: 'M5 3.5l10.5 6-4.7 1.3-2 4.5z',
  hand: 'M6 10.500V5.200a1.2 1.2 0 0 1 2.4 0V9V3.700a1.2 1.2 0 0 1 2.4 0V9V4.700a1.2 1.2 0 0 1 2.4 0v5V7a1.2 1.2 0 0 1 2.3 0v5c0 3-2 5-4.8 5-2.3 0-3.6-1-4.7-2.800L3.6 11a1.2 1.2 0 0 1 2-1.300z',
  pen: 'M3.5 16.500l1-4L13 4a1.8 1.8 0 0 1 3 3l-8.5 8.500zM11.5 5.500l3 3',
  eraser:
    'M8.5 16.500L3.8 11.800a1.2 1.2 0 0 1 0-1.700l6.3-6.300a1.2 1.2 0 0 1 1.7 0l4.5 4.500a1.2 1.2 0 0 1 0 1.700l-6.5 6.500zM7 7l6 6M8.5 16.500H16',
  line: 'M4 16L16 4',
  arrow: 'M4 16L15.5 4.500M8.5 4.500h7v7',
  rectangle: 'M3.5 5h13v10h-13z',
  ellipse: 'M10 4.500c4 0 7 2.4 7 5.500s-3 5.5-7 5.5-7-2.4-7-5.5 3-5.5 7-5.500z',
  text: 'M4.5 6V4.500h11V6M10 4.500v11.500M7.5 16h5',
};

export const boardIcons = {
  undo: 'M7.5 4L4 7.5 7.5 11M4 7.500h7.500a4.5 4.5 0 0 1 0 9H8',
  redo: 'M12.5 4L16 7.5 12.5 11M16 7.500H8.500a4.5 4.5 0 0 0 0 9H12',
  shapes: 'M3.5 3.500h7.500v7.500H3.500zM16.5 13a4 4 0 1 1-8 0 4 4 0 0 1 8 0z',
  fit: 'M3.5 7.500v-4h4M12.5 3.500h4v4M16.5 12.500v4h-4M7.5 16.500h-4v-4',
  minus: 'M5 10h10',
  picture: 'M3.5 4h13v12h-13zM3.5 13l3.5-3.5 3 3 2.5-2.5 4 4',
} as const;
