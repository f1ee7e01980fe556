import decodeQR from 'qr/decode.js';
import { expect, it } from 'vitest';
import { qrPath } from './qr-path.ts';

const cellPx = 4;

/** The path as a picture of black and white. */
function paint({ side, path }: ReturnType<typeof qrPath>) {
  const width = side * cellPx;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = 0; row < cellPx; row += 1) {
      const from = ((Number(y) * cellPx + row) * width + Number(x) * cellPx) * 4;
      for (let pixel = 0; pixel < cellPx; pixel += 1) data.set([0, 0, 0], from + pixel * 4);
    }
  }
  return { width, height: width, data };
}

it.each(['https://coderoom.example.org/r/k7m2-p9xq', `https://${'long.'.repeat(30)}example.org:8443/r/k7m2-p9xq`])(
  'WEB-176 a camera reads the link out of its QR code: %s',
  (link) => {
    expect(decodeQR(paint(qrPath(link)))).toBe(link);
  },
);
