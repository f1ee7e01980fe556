/** How keys are written on this machine. */
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function command(key: string): string {
  return isMac ? `⌘${key}` : `Ctrl+${key}`;
}

export function alt(key: string): string {
  return isMac ? `⌥${key}` : `Alt+${key}`;
}
