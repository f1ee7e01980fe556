import { limits } from '@coderoom/protocol';

const edge = 128;
const qualities = [0.85, 0.6, 0.35];

/** A picture cut to a small square, as a data: address that fits into an account. Fails for what is no picture. */
export async function scalePicture(file: Blob): Promise<string> {
  const source = await createImageBitmap(file);
  const canvas = document.createElement('canvas');
  canvas.width = edge;
  canvas.height = edge;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('No canvas here');
  const side = Math.min(source.width, source.height);
  const [left, top] = [(source.width - side) / 2, (source.height - side) / 2];
  // Formats without transparency show what is under it.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, edge, edge);
  context.drawImage(source, left, top, side, side, 0, 0, edge, edge);
  source.close();
  for (const quality of qualities) {
    const address = canvas.toDataURL('image/jpeg', quality);
    if (address.length <= limits.pictureMaxLength) return address;
  }
  throw new Error('The picture could not be made small enough');
}
