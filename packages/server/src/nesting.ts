/**
 * Whether something that came as JSON is nested deeper than so many levels. Reading JSON has no such bound, and writing it,
 * or looking through it, fails at some depth.
 */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1));
}
