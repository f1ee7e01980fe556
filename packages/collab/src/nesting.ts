/** Whether a JSON-like value is nested at most `max` deep; walks without recursion, so that no value overflows it. */
export function isNestedWithin(value: unknown, max: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const walk: { value: object; depth: number }[] = [{ value, depth: 1 }];
  for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
    if (next.depth > max) return false;
    if (ArrayBuffer.isView(next.value)) continue;
    for (const child of Object.values(next.value)) {
      if (typeof child === 'object' && child !== null) walk.push({ value: child, depth: next.depth + 1 });
    }
  }
  return true;
}
