/** The product's icons: strokes on a grid of 20, in the colour of the text beside them. Decoration only. */
const paths = {
  play: 'M6.5 4.2v11.6l9.3-5.8z',
  stop: 'M5.5 5.5h9v9h-9z',
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4 10.5l4 4 8-9',
  copy: 'M7.5 7.5h8.5v8.5H7.5zM12.5 7.5V4H4v8.5h3.5',
  link: 'M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1',
  share: 'M10 12V3.5M6.5 6.5L10 3l3.5 3.5M5 9.5H4V17h12V9.5h-1',
  people:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.4-4.8 5.5-4.8s5.5 1.8 5.5 4.8M13.2 3.8a3 3 0 0 1 0 5.4M15 12.2c1.9.7 3 2.2 3 4.3',
  code: 'M7 5.5L2.5 10 7 14.5M13 5.5l4.5 4.5-4.5 4.5',
  output: 'M3 4h14v12H3zM6 8l2.5 2L6 12M10.5 12.5h3.5',
  sun: 'M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M4.3 15.7l1.2-1.2M14.5 5.5l1.2-1.2',
  moon: 'M16.5 11.6A7 7 0 0 1 8.4 3.5a6.9 6.9 0 1 0 8.1 8.1z',
  screen: 'M3 4h14v9.5H3zM7.5 16.5h5M10 13.5v3',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  pencil: 'M4 16l.8-3.4L13.5 4l2.5 2.5-8.6 8.7z',
  eye: 'M2 10s3-5.2 8-5.2 8 5.2 8 5.2-3 5.2-8 5.2S2 10 2 10zM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6M8.5 9v5M11.5 9v5',
  back: 'M16 10H4M8.5 5.5L4 10l4.5 4.5',
  arrow: 'M4 10h12M11.5 5.5L16 10l-4.5 4.5',
  flag: 'M5 17V3.5M5 4h10l-2.2 3.5L15 11H5',
  chevron: 'M5.5 8l4.5 4.5L14.5 8',
  rooms: 'M3.5 3.5h5.5v5.5H3.5zM11 3.5h5.5v5.5H11zM3.5 11h5.5v5.5H3.5zM11 11h5.5v5.5H11z',
  person: 'M10 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.8 17c0-3.2 2.7-5 6.2-5s6.2 1.8 6.2 5',
  settings:
    'M3.5 6h7M14.5 6h2M12.5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM3.5 14h2M9.5 14h7M7.5 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  leave: 'M8 3.5H4v13h4M8.5 10H17M13.5 6.5L17 10l-3.5 3.5',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  door: 'M5.5 17V3.5h9V17M3.5 17h13M11.8 10.2h.01',
  board: 'M3 15.5c2.5-6.5 5-9 7-8s-2 5.5 0 6.5 4.5-5.5 7-8',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13.2 13.2L17 17',
  error: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.5v4.2M10 13.4h.01',
  warning: 'M10 3.5L2.8 16h14.4zM10 8.2v3.6M10 13.9h.01',
  chat: 'M3.5 4h13v9.5H9L5.5 16.8v-3.3h-2zM7 7.4h6M7 10.1h4',
  snippet: 'M5 3.5h6.5L15 7v9.5H5zM11.5 3.5V7H15M8.3 10.2l-1.5 1.6 1.5 1.6M11.7 10.2l1.5 1.6-1.5 1.6',
  history: 'M3.2 8.2A7 7 0 1 1 3 10.6M3 4.5v3.9h3.9M10 6.4v4l2.6 1.6',
  reply: 'M8 5L3.5 9.2 8 13.4M3.8 9.2h7.7c3 0 5 1.9 5 5.3',
  send: 'M3.5 10L16.5 3.8 12 16.5l-2.7-5.2zM9.3 11.3l7-7.2',
  shield: 'M10 2.8l6 2.2v4.6c0 3.6-2.5 6.3-6 7.6-3.5-1.3-6-4-6-7.6V5z',
  call: 'M4.2 3.5h2.9l1.5 3.7-1.9 1.4a9.5 9.5 0 0 0 4.7 4.7l1.4-1.9 3.7 1.5v2.9c0 .5-.4.9-.9.9C9 16.3 3.7 11 3.3 4.4c0-.5.4-.9.9-.9z',
  'hang-up': 'M2.6 12.6l1.2-1.9c3.7-3.2 8.7-3.2 12.4 0l1.2 1.9-2.4 1.9-2.6-1.4-.2-2.1a9 9 0 0 0-4.4 0l-.2 2.1L5 14.5z',
  microphone:
    'M10 12a2.5 2.5 0 0 0 2.5-2.5v-4a2.5 2.5 0 0 0-5 0v4A2.5 2.5 0 0 0 10 12zM5 9.5a5 5 0 0 0 10 0M10 14.5V17M7.5 17h5',
  'microphone-off':
    'M3.5 3.5l13 13M12.5 8.5v-3a2.5 2.5 0 0 0-4.7-1.2M7.5 7.5v2a2.5 2.5 0 0 0 3.6 2.2M15 9.5a5 5 0 0 1-.6 2.3M5 9.5a5 5 0 0 0 7.4 4.4M10 14.5V17M7.5 17h5',
  camera: 'M2.5 5.5h10v9h-10zM12.5 9l5-2.7v7.4l-5-2.7',
  'camera-off': 'M3 3l14 14M7.5 5.5h5v5M12.5 9l5-2.7v7.4l-2-1.1M12.5 12.6v1.9h-10v-9h2',
  enlarge: 'M11.5 4H16v4.5M16 4l-5 5M8.5 16H4v-4.5M4 16l5-5',
} as const;

export type IconName = keyof typeof paths;

const filled: readonly IconName[] = ['play', 'stop'];

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <PathIcon
      path={paths[name]}
      size={size}
      isFilled={filled.includes(name)}
      strokeWidth={name === 'more' ? 2.4 : 1.6}
    />
  );
}

export interface PathIconProps {
  path: string;
  size?: number;
  isFilled?: boolean;
  strokeWidth?: number;
}

/** An icon of a part of the product that is loaded later. */
export function PathIcon({ path, size = 18, isFilled = false, strokeWidth = 1.6 }: PathIconProps) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill={isFilled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
