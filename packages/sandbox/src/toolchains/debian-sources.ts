import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of sources.list(5) for a suite of Debian, on the mirrors that this machine's apt uses. */
export function debianSources(suite: string, folder = '/etc/apt'): string[] {
  const addresses = [...new Set(readSources(folder).flatMap(readAddresses))];
  const security = addresses.find((address) => /\/debian-security\/?$/.test(address));
  const main = addresses.find((address) => /\/debian\/?$/.test(address)) ?? 'http://deb.debian.org/debian';
  return [
    `deb ${main} ${suite} main`,
    `deb ${main} ${suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${security} ${suite}-security main`]),
  ];
}

function readSources(folder: string): string[] {
  const listed = readdirSync(join(folder, 'sources.list.d'))
    .filter((name) => /\.(list|sources)$/.test(name))
    .map((name) => join(folder, 'sources.list.d', name));
  return [join(folder, 'sources.list'), ...listed].map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  });
}

/** Of both forms: `deb [options] address suite …`, and `URIs: address …`. */
function readAddresses(text: string): string[] {
  return [...text.matchAll(/^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)(https?:\/\/\S+.*)$/gm)].flatMap(([, rest = '']) =>
    rest.split(/\s+/).filter((word) => /^https?:\/\//.test(word)),
  );
}
