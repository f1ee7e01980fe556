const steps: [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "yesterday", "2 hours ago", "just now". */
export function formatAgo(then: number, now: number): string {
  const passed = now - then;
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  for (const [unit, ms] of steps) {
    if (passed >= ms) return format.format(-Math.floor(passed / ms), unit);
  }
  return 'just now';
}
