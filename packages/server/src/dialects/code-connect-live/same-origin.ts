/**
 * Code Connect Live's client, served from this address, asks for `/api/v1/sessions…`, because it expects a proxy that takes
 * `/api` away. Those addresses are CodeInterview's; what is asked tells the two apart: only here are ids UUIDs, and only
 * here is code put and are there participants.
 */
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const whole = new RegExp(`^/api(/v1/sessions/${uuid}(?:\\?.*)?)$`, 'i');
const beneath = new RegExp(`^/api(/v1/sessions/${uuid}/(?:language|stream|participants)(?:[/?].*)?)$`, 'i');

/** The address that is meant. */
export function withoutApi(method: string, url: string): string {
  const isItsOwn = method === 'GET' || method === 'PUT' || method === 'HEAD';
  return beneath.exec(url)?.[1] ?? (isItsOwn ? whole.exec(url)?.[1] : undefined) ?? url;
}
