// Preloaded into JavaScript programs: makes writing to stdout and stderr wait, as it does in other languages. Node
// otherwise keeps in memory what a full pipe does not take, and loses it when the program exits or never pauses.
for (const name of ['stdout', 'stderr']) {
  const original = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {
    ...original,
    get() {
      const stream = original.get.call(process);
      stream._handle?.setBlocking?.(true);
      Object.defineProperty(process, name, original);
      return stream;
    },
  });
}
