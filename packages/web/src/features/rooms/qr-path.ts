import encodeQR from 'qr';

/** Cells of white around, as readers need them (ISO/IEC 18004). */
const quietZone = 4;

/** A text as a QR code: its side in cells, and the dark ones as the path of an SVG. */
export function qrPath(text: string): { side: number; path: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: quietZone });
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { side: rows.length, path };
}
