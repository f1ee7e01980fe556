/** The board as a file: an SVG as it is, or a PNG as large as browsers can make one. */
import { type BoardElement, createBoardSvg } from '@coderoom/protocol';
import { saveFile } from '../layout/save-file.ts';
import { boxAroundAll, measureText } from './element-box.ts';
import { outlineOf } from './freehand.ts';
import { paintPicture } from './painted-shapes.ts';

const margin = 24;
const scaleMax = 2;
/** Phones make no larger canvases. */
const sideMaxPx = 4_096;

export function downloadSvg(elements: readonly BoardElement[], name: string): void {
  saveFile(new Blob([svgOf(elements)], { type: 'image/svg+xml' }), `${fileNameOf(name)}.svg`);
}

export async function downloadPng(elements: readonly BoardElement[], name: string): Promise<void> {
  saveFile(await pngOf(elements), `${fileNameOf(name)}.png`);
}

function svgOf(elements: readonly BoardElement[]): string {
  const svg = createBoardSvg({ outline: outlineOf, measure: measureText });
  for (const element of elements) svg.add(element);
  return svg.finish();
}

async function pngOf(elements: readonly BoardElement[]): Promise<Blob> {
  const box = boxAroundAll(elements) ?? { left: 0, top: 0, right: 400, bottom: 300 };
  const [left, top] = [box.left - margin, box.top - margin];
  const [width, height] = [box.right + margin - left, box.bottom + margin - top];
  const scale = Math.min(scaleMax, sideMaxPx / width, sideMaxPx / height);
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser cannot make the picture.');
  paintPicture(context, elements, { left, top, scale });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('This browser cannot make a picture of that size.');
  return blob;
}

function fileNameOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `${words === '' ? 'room' : words.slice(0, 60)}-board`;
}
