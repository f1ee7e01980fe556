import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { createZip } from './zip.ts';

/** Reads an archive from its end, as programs do. */
function readZip(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  const decode = (at: number, length: number) => new TextDecoder().decode(bytes.subarray(at, at + length));
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  expect(view.getUint32(end + 12, true) + view.getUint32(end + 16, true)).toBe(end);
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: count }, () => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [crc, size, nameLength] = [
      view.getUint32(at + 16, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
    ];
    const path = decode(at + 46, nameLength);
    const local = view.getUint32(at + 42, true);
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    expect(decode(local + 30, nameLength)).toBe(path);
    const text = decode(local + 30 + nameLength, size);
    expect(crc32(text)).toBe(crc);
    const [date, time] = [view.getUint16(at + 14, true), view.getUint16(at + 12, true)];
    at += 46 + nameLength;
    return { path, text, date, time };
  });
}

it('WEB-168 a ZIP holds every file under its path, whatever it is called and says', () => {
  const files = [
    { path: 'main.py', text: 'print("hé")\n' },
    { path: 'src/größe/データ.txt', text: '𝒳 '.repeat(10_000) },
    { path: 'empty', text: '' },
  ];
  const read = readZip(createZip(files, new Date(2026, 10, 21, 22, 30, 14)));
  expect(read.map(({ path, text }) => ({ path, text }))).toEqual(files);
  const [{ date, time } = { date: 0, time: 0 }] = read;
  expect([(date >> 9) + 1980, (date >> 5) & 15, date & 31]).toEqual([2026, 11, 21]);
  expect([time >> 11, (time >> 5) & 63, (time & 31) * 2]).toEqual([22, 30, 14]);
});

it('WEB-168 a ZIP of nothing is one', () => {
  expect(readZip(createZip([], new Date(0)))).toEqual([]);
});
