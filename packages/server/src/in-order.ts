/**
 * Work that is done one after the other for each key, in the order in which it came, whether or not what came before
 * failed. Keys are independent, and one with nothing to do is forgotten.
 */
export function createInOrder(): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<void>>();
  return (key, work) => {
    const done = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = done.then(
      () => {},
      () => {},
    );
    last.set(key, settled);
    settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return done;
  };
}
