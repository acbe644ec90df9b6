import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Asks a node again and again by one connection that is held whether it is ready. A process that ended takes its connection with it: one
 * that began anew between two questions is seen to have done so.
 */
export class NodePulse {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #onEnd: () => void;
  readonly #agent: HttpAgent;
  #socket: Socket | null = null;

  /** @param onEnd told when the connection that was held ends */
  constructor(url: string, headers: Readonly<Record<string, string>>, onEnd: () => void) {
    this.#url = url;
    this.#headers = headers;
    this.#onEnd = onEnd;
    this.#agent = new (url.startsWith('https') ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  }

  /** Whether the node says within this time that it is ready. */
  beat(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const ask = this.#url.startsWith('https') ? httpsRequest : httpRequest;
      const options = { agent: this.#agent, headers: this.#headers, signal: AbortSignal.timeout(withinMs) };
      const asked: ClientRequest = ask(this.#url, options, (answer) => {
        // A proxy that ends it after so many answers says so.
        if (/\bclose\b/i.test(answer.headers.connection ?? '')) this.#socket = null;
        answer.on('error', () => resolve(false)).on('end', () => resolve(answer.statusCode === 200));
        answer.resume();
      });
      asked.on('error', () => resolve(false));
      asked.on('socket', (socket) => this.#hold(socket));
      asked.end();
    });
  }

  close(): void {
    this.#socket = null;
    this.#agent.destroy();
  }

  #hold(socket: Socket): void {
    if (socket === this.#socket) return;
    this.#socket = socket;
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#onEnd();
    });
  }
}
