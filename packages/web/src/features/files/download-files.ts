/** The room's files as files of this machine: one as it is, or all in a ZIP. */
import { saveFile } from '../layout/save-file.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { createZip } from './zip.ts';

export function downloadFile({ files }: OpenRoom, path: string): void {
  const text = files.text(path)?.toString();
  if (text !== undefined) saveFile(new Blob([text], { type: 'text/plain' }), path.split('/').at(-1) ?? path);
}

export function downloadFiles({ files, events }: OpenRoom): void {
  const all = files.list.get().paths.map((path) => ({ path, text: files.text(path)?.toString() ?? '' }));
  const zip = createZip(all, new Date());
  saveFile(new Blob([zip], { type: 'application/zip' }), `${nameOf(events.state.get().room.title)}.zip`);
}

/** The title without what file systems do not take. */
function nameOf(title: string): string {
  const words = title.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return words === '' ? 'room' : words.slice(0, 60);
}
