-- Peran hanya-baca untuk layanan WhatsApp SAPA.
--
-- Membuat peran `sapa_whatsapp` yang hanya boleh SELECT pada kolom-kolom di bawah ini dari empat tabel SAPA, dan tidak
-- lebih: tanpa password_hash, tanpa tabel lain, tanpa menulis. Bila kuncinya dicuri, isi SAPA tidak dapat diubah.
--
-- MENJALANKAN
--   Supabase, menu SQL Editor: tempel seluruh isi berkas ini, tekan Run. Boleh dijalankan berulang kali; semuanya satu
--   transaksi, jadi bila ada yang gagal tidak ada yang berubah. Jalankan ulang setelah SAPA menambah tabel atau kolom.
--   Hasilnya sebuah tabel: semua yang dapat dijangkau peran ini. Kolom `izin` berisi «diberikan» (dari berkas ini) atau
--   «lewat PUBLIC» (hak semua peran, lihat «Fungsi» di bawah).
--   Mencabut semuanya: deploy/supabase/drop-readonly-role.sql.
--
-- KUNCI
--   PostgREST memakai peran yang disebut klaim `role` dalam JWT, bila JWT itu ditandatangani dengan rahasia JWT proyek
--   (Supabase, Settings > JWT Keys; pada Supabase yang dipasang sendiri: JWT_SECRET). Buat kuncinya di mesin layanan:
--       read -rs SUPABASE_JWT_SECRET && export SUPABASE_JWT_SECRET
--       node deploy/supabase/make-key.mjs
--   Lihat keterangan di make-key.mjs tentang header `apikey` dan `Authorization`.
--
-- FUNGSI
--   PostgreSQL memberi setiap peran hak memanggil setiap fungsi baru (lewat PUBLIC); hak itu tidak dapat dicabut dari satu
--   peran saja. Fungsi biasa tidak membuka apa pun bagi peran ini, sebab berjalan dengan hak peran ini; fungsi SECURITY
--   DEFINER bisa. Yang masih dapat dipanggil tercantum dalam hasil. Menutupnya: deploy/supabase/close-functions.sql.

begin;
-- Membuat kebijakan mengunci tabel sejenak; jangan menahan SAPA bila tabel sedang dipakai lama.
set local lock_timeout = '5s';

do $$
begin
  if not exists (select from pg_roles where rolname = 'sapa_whatsapp') then
    create role sapa_whatsapp;
  end if;
end $$;

-- Peran ini tidak dapat masuk sendiri; hanya PostgREST (authenticator) yang memakainya.
alter role sapa_whatsapp nologin noinherit;
grant sapa_whatsapp to authenticator;

-- Layanan menunggu Supabase paling lama 5 detik; kueri yang lebih lama tidak ada gunanya.
alter role sapa_whatsapp set statement_timeout = '5s';

-- Hak dari versi lama berkas ini, atau yang pernah ditambahkan dengan tangan, dicabut lebih dulu.
do $$
declare
  tabel text;
begin
  for tabel in
    select distinct c.oid::regclass::text
    from pg_class c
    left join pg_attribute a on a.attrelid = c.oid and a.attacl is not null
    cross join lateral aclexplode(c.relacl || a.attacl) hak
    where hak.grantee = 'sapa_whatsapp'::regrole
  loop
    execute format('revoke all on %s from sapa_whatsapp', tabel);
  end loop;
end $$;

grant usage on schema public to sapa_whatsapp;

grant select (id, name, role, unit, is_approved, phone_number, email, created_at)
  on public.users to sapa_whatsapp;
grant select (id, user_id, nama, status, tanggal_pelaksanaan, tujuan_kegiatan, kl_unit_terkait, penanggung_jawab,
    capaian, pending_issue, rencana_tindak_lanjut, created_at)
  on public.activities to sapa_whatsapp;
grant select (id, activity_id, kode, uraian, jumlah)
  on public.allocations to sapa_whatsapp;
grant select (id, user_id, file_name, processed_data, totals, account_name_map, report_type, report_date, created_at)
  on public.processed_results to sapa_whatsapp;

-- Di mana row level security aktif, peran tanpa kebijakan tidak melihat satu baris pun; di mana tidak aktif, kebijakan
-- ini tidak berpengaruh. Layanan sendiri yang membatasi setiap kueri pada pengguna yang bertanya. Bila SAPA mempunyai
-- kebijakan RESTRICTIVE untuk semua peran, kecualikan sapa_whatsapp di sana.
drop policy if exists sapa_whatsapp_baca on public.users;
drop policy if exists sapa_whatsapp_baca on public.activities;
drop policy if exists sapa_whatsapp_baca on public.allocations;
drop policy if exists sapa_whatsapp_baca on public.processed_results;
create policy sapa_whatsapp_baca on public.users for select to sapa_whatsapp using (true);
create policy sapa_whatsapp_baca on public.activities for select to sapa_whatsapp using (true);
create policy sapa_whatsapp_baca on public.allocations for select to sapa_whatsapp using (true);
create policy sapa_whatsapp_baca on public.processed_results for select to sapa_whatsapp using (true);

-- Semua yang sungguh dapat dijangkau peran ini, dari mana pun haknya.
create temporary table jangkauan_sapa_whatsapp on commit drop as
with skema as (
  select oid, nspname from pg_namespace
  where nspname !~ '^pg_' and nspname <> 'information_schema' and has_schema_privilege('sapa_whatsapp', oid, 'usage')
), tabel as (
  select c.oid, c.relkind, format('%I.%I', nspname, relname) as nama,
    exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e') as ekstensi
  from pg_class c join skema on skema.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
)
select 'SELECT' as hak, format('%s.%I', nama, attname) as objek,
  case
    when exists (select from aclexplode(attacl) where grantee = 'sapa_whatsapp'::regrole and privilege_type = 'SELECT')
      then 'diberikan'
    when ekstensi then 'lewat PUBLIC'
    else 'TERLARANG'
  end as izin
from tabel join pg_attribute a on attrelid = tabel.oid and attnum > 0 and not attisdropped
where relkind <> 'S' and has_column_privilege('sapa_whatsapp', tabel.oid, attnum, 'SELECT')
union all
select hak, nama, case when ekstensi then 'lewat PUBLIC' else 'TERLARANG' end
from tabel cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) hak
where relkind <> 'S' and (has_table_privilege('sapa_whatsapp', oid, hak)
  or hak in ('INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege('sapa_whatsapp', oid, hak))
union all
select 'SEQUENCE', nama, case when ekstensi then 'lewat PUBLIC' else 'TERLARANG' end
from tabel
where case when relkind = 'S' then has_sequence_privilege('sapa_whatsapp', oid, 'usage, select, update') else false end
union all
select case when prosecdef then 'EXECUTE (security definer)' else 'EXECUTE' end, p.oid::regprocedure::text,
  case
    when exists (select from aclexplode(proacl) where grantee = 'sapa_whatsapp'::regrole) then 'TERLARANG'
    else 'lewat PUBLIC'
  end
from pg_proc p join skema on skema.oid = pronamespace
where has_function_privilege('sapa_whatsapp', p.oid, 'execute')
union all
select 'ANGGOTA', roleid::regrole::text, 'TERLARANG'
from pg_auth_members where member = 'sapa_whatsapp'::regrole
union all
select 'ATRIBUT', sifat, 'TERLARANG'
from pg_roles cross join lateral (values ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls), ('CREATEROLE', rolcreaterole),
  ('CREATEDB', rolcreatedb), ('REPLICATION', rolreplication), ('LOGIN', rolcanlogin)) sifat (sifat, ada)
where rolname = 'sapa_whatsapp' and ada;

-- Lebih dari yang diberikan di atas? Maka tidak satu pun perubahan ini berlaku, dan pesannya menyebut sebabnya.
do $$
declare
  terlarang text;
begin
  select string_agg(hak || ' ' || objek, ', ' order by objek, hak) into terlarang
  from jangkauan_sapa_whatsapp where izin = 'TERLARANG';
  if terlarang is not null then
    raise exception 'Peran sapa_whatsapp menjangkau lebih dari yang diberikan: %', terlarang
      using hint = 'Biasanya karena hak yang diberikan kepada PUBLIC; cabut hak itu (revoke ... from public), lalu ulangi.';
  end if;
end $$;

-- PostgREST membaca ulang peran, batas waktunya, dan skemanya.
notify pgrst, 'reload config';
notify pgrst, 'reload schema';

select hak, objek, izin from jangkauan_sapa_whatsapp order by izin, hak desc, objek;

commit;
