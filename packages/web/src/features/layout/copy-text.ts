/** Puts text on the clipboard, also where the page has no secure context. Resolves with whether that worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Over plain http the Clipboard API is absent; the old command is not. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.style.cssText = 'position:fixed;opacity:0';
  const focused = document.activeElement;
  // Within the open popover or dialog, if any: outside of it nothing can be focused.
  (focused?.closest('[popover], dialog') ?? document.body).append(field);
  field.select();
  let copied = false;
  try {
    copied = document.execCommand('copy');
  } catch {
    // Then it is not to be had.
  }
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
