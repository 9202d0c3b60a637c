import type { Line } from './ai-service.ts';

/** The plan's session manager: in memory, 20 messages, 30 minutes. */
export class WhatsAppSessionManager {
  readonly sessions = new Map<string, (Line & { timestamp: number })[]>();
  readonly maxMessages = 20;
  readonly sessionTimeout = 30 * 60 * 1000;

  getSession(sender: string) {
    return this.sessions.get(sender) || [];
  }

  addMessage(sender: string, role: string, content: string) {
    let session = this.sessions.get(sender) || [];
    session.push({ role, content, timestamp: Date.now() });
    if (session.length > this.maxMessages) session = session.slice(-this.maxMessages);
    this.sessions.set(sender, session);
    return session;
  }

  cleanupOldSessions() {
    const now = Date.now();
    for (const [sender, session] of this.sessions.entries()) {
      const lastMessage = session.at(-1);
      if (!lastMessage || now - lastMessage.timestamp > this.sessionTimeout) this.sessions.delete(sender);
    }
  }
}
