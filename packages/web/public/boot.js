// Runs before the first paint: the remembered theme, and on a room's page a head start for the modules it needs.
(() => {
  const root = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem('coderoom:theme');
  } catch {
    // Storage may be forbidden; then the system's theme is taken.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  document.querySelector('meta[name="theme-color"]').content = dark ? '#131412' : '#f5f5f2';

  const modules = document.querySelector('meta[name="room-modules"]');
  if (!modules || !location.pathname.startsWith('/r/')) return;
  for (const href of modules.content.split(' ')) {
    const link = document.createElement('link');
    link.rel = href.endsWith('.css') ? 'preload' : 'modulepreload';
    if (link.rel === 'preload') link.as = 'style';
    link.crossOrigin = '';
    link.href = href;
    document.head.append(link);
  }
})();
