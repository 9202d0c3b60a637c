-- Peran dan skema untuk DATABASE_URL: peran ini hanya memiliki skemanya sendiri dan tidak dapat membaca tabel SAPA.
-- Ganti kata sandi di bawah, lalu jalankan sekali di Supabase, SQL Editor (atau dengan psql sebagai pemilik basis data).
create role sapa_whatsapp login password 'ganti-dengan-kata-sandi';
-- Pemilik skema harus dapat ditunjuk oleh peran yang menjalankan berkas ini.
grant sapa_whatsapp to current_user;
create schema sapa_whatsapp authorization sapa_whatsapp;
revoke all on schema sapa_whatsapp from public;
