#!/usr/bin/env node
/**
 * Membuat kunci Supabase yang hanya boleh membaca: JWT (HS256) untuk peran `sapa_whatsapp` dari readonly-role.sql.
 *
 *     read -rs SUPABASE_JWT_SECRET && export SUPABASE_JWT_SECRET
 *     node deploy/supabase/make-key.mjs            # berlaku 365 hari; --days 30: 30 hari
 *
 * Rahasia JWT proyek ada di Supabase, Settings > JWT Keys (Legacy JWT secret); pada Supabase yang dipasang sendiri
 * JWT_SECRET di .env-nya. Rahasia dibaca dari SUPABASE_JWT_SECRET atau dari masukan standar, tidak pernah dari argumen
 * (argumen terlihat oleh semua pengguna mesin). Kunci ditulis ke keluaran standar, keterangannya ke galat standar.
 *
 * Gerbang Supabase memeriksa dua header: `apikey` harus kunci yang dikenalnya, dan `Authorization: Bearer` memuat JWT yang
 * perannya dipakai. Isikan kunci ini sebagai SUPABASE_SERVICE_ROLE_KEY, dan kunci anon atau publishable proyek sebagai
 * SUPABASE_ANON_KEY: layanan lalu mengirim yang kedua sebagai `apikey` dan yang pertama sebagai `Authorization`. Tanpa
 * SUPABASE_ANON_KEY kunci ini dikirim pada keduanya; menurut keterangan umum supabase.com menolaknya (401 «Invalid API
 * key»). Belum dicoba pada proyek sungguhan.
 *
 * Satu kunci tidak dapat dicabut sendiri sebelum masanya habis. Mencabut semuanya: drop-readonly-role.sql (lalu, bila
 * perlu, readonly-role.sql dengan nama peran lain dan --role nama itu), atau mengganti rahasia JWT proyek.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const DAY_SECONDS = 24 * 60 * 60;
const MOST_DAYS = 3650;
/** PostgREST refuses shorter secrets. */
const SECRET_LENGTH = 32;

try {
  const { role, days } = readOptions();
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = issuedAt + days * DAY_SECONDS;
  const claims = { iss: 'supabase', role, iat: issuedAt, exp: expiresAt };
  process.stdout.write(`${sign(claims, readSecret())}\n`);
  process.stderr.write(`Kunci untuk peran ${role}, berlaku sampai ${new Date(expiresAt * 1000).toISOString()}.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

function readOptions() {
  const { role, days } = parse();
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(role)) throw new Error('--role: nama peran hanya huruf kecil, angka, dan _.');
  if (!/^\d+$/.test(days) || Number(days) < 1 || Number(days) > MOST_DAYS)
    throw new Error(`--days: bilangan bulat dari 1 sampai ${MOST_DAYS}.`);
  return { role, days: Number(days) };
}

function parse() {
  const options = { role: { type: 'string', default: 'sapa_whatsapp' }, days: { type: 'string', default: '365' } };
  try {
    return parseArgs({ options }).values;
  } catch {
    // Do not print the argument: it may be the secret.
    throw new Error('Pemakaian: node deploy/supabase/make-key.mjs [--days 365] [--role sapa_whatsapp]');
  }
}

function readSecret() {
  const given = process.env.SUPABASE_JWT_SECRET?.trim() || (process.stdin.isTTY ? '' : readFileSync(0, 'utf8').trim());
  if (given === '')
    throw new Error(
      'Rahasia JWT belum diisi. Jalankan: read -rs SUPABASE_JWT_SECRET && export SUPABASE_JWT_SECRET, lalu ulangi.',
    );
  if (given.length < SECRET_LENGTH)
    throw new Error(`Rahasia JWT terlalu pendek: sedikitnya ${SECRET_LENGTH} karakter.`);
  return given;
}

function sign(claims, secret) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
