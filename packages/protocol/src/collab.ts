/**
 * The y-websocket protocol as spoken at `/collab/<room id>?token=…`: each WebSocket message begins with a varUint.
 * 0–3 are those of y-protocols; 100 and 101 are ours, for clients that connected with `acks=1`.
 */
export const collabMessage = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  /**
   * Server → client: varUint n. The first n document-changing messages (sync step 2 and update) that this socket
   * sent, counted from its opening, are committed in the database.
   */
  durable: 100,
  /** Client → server: `durable` is to be told as soon as all that this socket sent is committed, without delay. */
  queryDurable: 101,
} as const;

export const syncMessage = { step1: 0, step2: 1, update: 2 } as const;

/** The message inside `collabMessage.auth`: varUint 0 (permission denied), then a reason. */
export const authMessage = { permissionDenied: 0 } as const;

/** Close codes of `/collab`. 4400–4499 mean "do not come back with the same token" (y-websocket 3 stops on them). */
export const collabClose = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  tooLarge: 1009,
  tryAgainLater: 1013,
  unauthorized: 4401,
  forbidden: 4403,
  roomGone: 4404,
} as const;
