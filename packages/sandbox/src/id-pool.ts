/** Numbers that are each used by one at a time; the one that has been free the longest is next. */
export interface IdPool {
  /** Undefined when all are taken. */
  take(): number | undefined;
  give(id: number): void;
}

export function createIdPool(first: number, count: number): IdPool {
  const free = Array.from({ length: count }, (_, index) => first + index);
  return {
    take: () => free.shift(),
    give: (id) => void free.push(id),
  };
}
