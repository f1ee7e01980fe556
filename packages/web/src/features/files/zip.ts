/** A ZIP archive of texts (PKWARE's APPNOTE 6.3.10), stored without compression: a room's files are small. */

export interface ZipFile {
  path: string;
  text: string;
}

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endOfCentral = 0x06054b50;
const version = 20;
/** General purpose bit 11: names are UTF-8. */
const utf8Names = 0x0800;

export function createZip(files: readonly ZipFile[], at: Date): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const { date, time } = dosTime(at);
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const { path, text } of files) {
    const name = encoder.encode(path);
    const content = encoder.encode(text);
    const common = [
      [2, version],
      [2, utf8Names],
      [2, 0],
      [2, time],
      [2, date],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, name.length],
      [2, 0],
    ] as const;
    const local = fields([[4, localHeader], ...common]);
    const rest = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ] as const;
    central.push(fields([[4, centralHeader], [2, version], ...common, ...rest]), name);
    parts.push(local, name, content);
    offset += local.length + name.length + content.length;
  }
  const centralBytes = central.reduce((sum, part) => sum + part.length, 0);
  const counts = [
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
  ] as const;
  const end = fields([[4, endOfCentral], ...counts, [4, centralBytes], [4, offset], [2, 0]]);
  return joined([...parts, ...central, end]);
}

/** Numbers of 2 or 4 bytes, the least byte first. */
function fields(values: readonly (readonly [2 | 4, number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** As MS-DOS has it: years from 1980, and every other second. */
function dosTime(at: Date): { date: number; time: number } {
  return {
    date: (Math.max(0, at.getFullYear() - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate(),
    time: (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1),
  };
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
  return value;
});

/** ISO 3309, as ZIP, gzip and PNG use it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
