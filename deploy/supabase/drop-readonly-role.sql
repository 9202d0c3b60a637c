-- Menghapus peran hanya-baca `sapa_whatsapp` beserta semua haknya; kunci yang dibuat untuknya langsung tidak berlaku.
-- Supabase, menu SQL Editor: tempel seluruh isi berkas ini, tekan Run. Boleh dijalankan berulang kali. Tabel dan isinya
-- tidak tersentuh. Yang diubah close-functions.sql tetap berlaku: itu tidak mengurangi hak peran mana pun yang lain.

begin;
set local lock_timeout = '5s';

drop policy if exists sapa_whatsapp_baca on public.users;
drop policy if exists sapa_whatsapp_baca on public.activities;
drop policy if exists sapa_whatsapp_baca on public.allocations;
drop policy if exists sapa_whatsapp_baca on public.processed_results;

do $$
begin
  if exists (select from pg_roles where rolname = 'sapa_whatsapp') then
    revoke all on public.users, public.activities, public.allocations, public.processed_results from sapa_whatsapp;
    revoke all on schema public from sapa_whatsapp;
    drop role sapa_whatsapp;
  end if;
end $$;

notify pgrst, 'reload config';
notify pgrst, 'reload schema';
commit;
