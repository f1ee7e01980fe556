/** A browser and its system in words, out of what it says of itself: "Firefox on Linux". */
export function deviceName(userAgent: string): string {
  const browser = find(userAgent, browsers);
  const system = find(userAgent, systems);
  if (browser === undefined) return system ?? (userAgent.trim() === '' ? 'Unknown device' : clipped(userAgent));
  return system === undefined ? browser : `${browser} on ${system}`;
}

/** In this order: most claim to be another as well. */
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/.*Safari\//, 'Safari'],
];
const systems: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux/, 'Linux'],
];
const shownMax = 40;

function find(userAgent: string, names: [RegExp, string][]): string | undefined {
  return names.find(([pattern]) => pattern.test(userAgent))?.[1];
}

function clipped(text: string): string {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`;
}
