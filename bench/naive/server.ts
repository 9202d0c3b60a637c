import { createClient } from '@supabase/supabase-js';
import express, { type NextFunction, type Request, type Response } from 'express';
import { fetchAiResponse } from './ai-service.ts';
import { WhatsAppSessionManager } from './sessions.ts';

// The server of the owner's plan (server/webhook-server.js) with types and without cors and dotenv, which are not
// dependencies of this project: all work inside the request, all state in memory.

const supabase = createClient(process.env.VITE_SUPABASE_URL ?? '', process.env.SUPABASE_SERVICE_ROLE_KEY ?? '');
const sessionManager = new WhatsAppSessionManager();
setInterval(() => sessionManager.cleanupOldSessions(), 5 * 60 * 1000);

function buildWhatsAppSystemPrompt(): string {
  return [
    'Anda adalah asisten AI untuk WhatsApp Kementerian Koperasi dan UKM.',
    'Anda membantu analisis data anggaran dan kegiatan internal.',
    'Jawab dalam bahasa Indonesia yang ringkas, profesional, dan berbasis data.',
    'Gunakan format yang mudah dibaca di WhatsApp (line breaks, emoji jika perlu).',
    'Jika tidak memiliki informasi cukup, jelaskan data apa yang dibutuhkan.',
    'Hanya berikan informasi yang relevan dengan pertanyaan pengguna.',
  ].join('\n');
}

async function processWhatsAppMessage({ sender, message }: { sender: string; message: string }): Promise<string> {
  const cleanMessage = (message ?? '').toString().trim();
  if (!cleanMessage) throw new Error('Pesan kosong.');
  const history = sessionManager.getSession(sender);
  const payload = [
    { role: 'system', content: buildWhatsAppSystemPrompt() },
    ...history.map((entry) => ({
      role: entry.role === 'assistant' ? 'assistant' : 'user',
      content: entry.content,
    })),
    { role: 'user', content: cleanMessage },
  ];
  const aiReply = await fetchAiResponse(payload);
  sessionManager.addMessage(sender, 'user', cleanMessage);
  sessionManager.addMessage(sender, 'assistant', aiReply);
  return aiReply;
}

async function sendWhatsAppMessage(target: string, message: string): Promise<unknown> {
  try {
    const response = await fetch(process.env.FONNTE_API_URL ?? '', {
      method: 'POST',
      headers: { Authorization: process.env.FONNTE_TOKEN ?? '', 'Content-Type': 'application/json' },
      body: JSON.stringify({ target, message }),
    });
    if (!response.ok) {
      const detail = await response.text().catch(() => '');
      throw new Error(`FONNTE API error (${response.status}): ${detail}`);
    }
    return await response.json().catch(() => ({}));
  } catch (error) {
    console.error('Error sending WhatsApp message:', error);
    throw error;
  }
}

function normalizeWhatsAppNumber(rawNumber: unknown): string {
  const digitsOnly = String(rawNumber ?? '').replace(/\D/g, '');
  if (!digitsOnly) return '';
  if (digitsOnly.startsWith('0')) return `62${digitsOnly.slice(1)}`;
  if (digitsOnly.startsWith('62')) return digitsOnly;
  return `62${digitsOnly}`;
}

async function findByPhone(phoneNumber: string) {
  const { data, error } = await supabase
    .from('users')
    .select('id, name, role, is_approved')
    .eq('phone_number', phoneNumber)
    .maybeSingle();
  if (error) {
    console.error('Error fetching user by WhatsApp number:', error);
    throw new Error('Gagal memeriksa data pengguna.');
  }
  return data?.is_approved ? data : null;
}

async function handleWhatsAppWebhook(req: Request, res: Response) {
  try {
    const sender = normalizeWhatsAppNumber(req.body?.sender);
    const pesan = req.body?.pesan ?? req.body?.message ?? '';
    if (!sender || !pesan) return res.status(400).json({ error: 'Sender dan pesan wajib diisi.' });
    const linkedUser = await findByPhone(sender);
    if (!linkedUser) {
      await sendWhatsAppMessage(sender, 'Nomor WhatsApp Anda belum terhubung dengan akun SAPA.');
      return res.status(403).json({ error: 'Nomor belum terverifikasi.' });
    }
    const aiResponse = await processWhatsAppMessage({ sender, message: pesan });
    await sendWhatsAppMessage(sender, aiResponse);
    return res.json({ success: true });
  } catch (error) {
    console.error('WhatsApp webhook error:', error);
    try {
      const fallbackTarget = normalizeWhatsAppNumber(req.body?.sender);
      if (fallbackTarget) {
        await sendWhatsAppMessage(fallbackTarget, 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.');
      }
    } catch (sendError) {
      console.error('Error sending error message:', sendError);
    }
    return res.status(500).json({ error: 'Processing failed' });
  }
}

function verifyWebhookSignature(req: Request, _res: Response, next: NextFunction) {
  const signature = req.headers['x-fonnte-signature'];
  const secret = process.env.WEBHOOK_SECRET_KEY;
  if (!signature || !secret) return next();
  next();
}

const rateLimitMap = new Map<string, number[]>();
function rateLimit(req: Request, res: Response, next: NextFunction) {
  const sender = normalizeWhatsAppNumber(req.body?.sender);
  if (!sender) return res.status(400).json({ error: 'Invalid sender' });
  const now = Date.now();
  const history = (rateLimitMap.get(sender) || []).filter((ts) => now - ts < 60 * 1000);
  if (history.length >= 10) return res.status(429).json({ error: 'Too many requests' });
  history.push(now);
  rateLimitMap.set(sender, history);
  return next();
}

function validateWhatsAppInput(req: Request, res: Response, next: NextFunction) {
  const sender = normalizeWhatsAppNumber(req.body?.sender);
  const pesan = (req.body?.pesan ?? '').toString();
  if (!sender) return res.status(400).json({ error: 'Invalid sender format' });
  if (!pesan || typeof pesan !== 'string' || pesan.length > 1000) {
    return res.status(400).json({ error: 'Invalid message' });
  }
  return next();
}

const app = express();
app.use(express.json({ limit: '10mb' }));
app.post('/webhook/whatsapp', verifyWebhookSignature, rateLimit, validateWhatsAppInput, handleWhatsAppWebhook);
app.get('/api/health', (_req, res) => {
  res.json({
    status: 'healthy',
    timestamp: new Date().toISOString(),
    activeSessions: sessionManager.sessions.size,
  });
});
app.listen(Number(process.env.WHATSAPP_SERVER_PORT ?? 3003), process.env.HOST ?? '127.0.0.1');
