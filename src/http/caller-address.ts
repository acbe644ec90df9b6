import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Address of whoever made a call. Each proxy adds to `X-Forwarded-For` whom it heard, so the last `hops` entries come from proxies of
 * the operator, and all before them from the caller, who may say what they like. Where a call came past one of the
 * proxies, or where the entry that counts is no address, it is the nearest address, which nobody can choose.
 * @param hops proxies in front that add to the header
 * @param supervised whether the last entry is of this program's own first process, in place of the connection's address
 */
export function callerAddress(request: IncomingMessage, hops: number, supervised: boolean): string {
  const said = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map(plainAddress).reverse();
  const [nearest = '', ...further] = supervised ? said : [plainAddress(request.socket.remoteAddress ?? ''), ...said];
  const address = hops === 0 ? nearest : (further[hops - 1] ?? '');
  return isIP(address) === 0 ? nearest : address;
}

/** Header in which this program's first process says at which of its addresses it heard a call. */
export const HEARD_AT = 'x-streetdex-heard-at';

/** The server's own address, as the caller reached it. `supervised` as above. */
export function heardAt(request: IncomingMessage, supervised: boolean): string {
  const said = supervised ? request.headers[HEARD_AT] : request.socket.localAddress;
  return plainAddress(String(said ?? ''));
}

/** Without a port, and `::ffff:10.0.0.1`, how a dual-stack socket writes it, as `10.0.0.1`. */
function plainAddress(text: string): string {
  const bare = text.trim().toLowerCase();
  const parts = /^\[([0-9a-f:.]+)\](?::\d+)?$/.exec(bare) ?? /^([\d.]+):\d+$/.exec(bare);
  return (parts?.[1] ?? bare).replace(/^::ffff:(?=\d+\.)/, '');
}
