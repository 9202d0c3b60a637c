-- Menutup fungsi-fungsi di skema public bagi peran `sapa_whatsapp`, tanpa mengurangi hak peran lain.
--
-- PostgreSQL memberi setiap peran hak memanggil setiap fungsi baru, lewat PUBLIC. Berkas ini memindahkan hak itu: setiap
-- peran selain sapa_whatsapp yang sekarang boleh memanggil sebuah fungsi hanya lewat PUBLIC mendapat haknya sendiri, lalu
-- hak PUBLIC dicabut. Yang dimiliki ekstensi atau peran lain dilewati.
--
-- Jalankan sesudah readonly-role.sql (Supabase, SQL Editor, Run), dan lagi setelah SAPA menambah fungsi: fungsi baru lahir
-- terbuka bagi semua peran. Boleh diulang; satu transaksi. Hasilnya fungsi yang masih dapat dipanggil peran ini; kosong
-- berarti tidak ada. Peran yang dibuat kemudian perlu diberi haknya sendiri (grant execute).

begin;
set local lock_timeout = '5s';

do $$
declare
  fungsi record;
  peran record;
begin
  for fungsi in
    select p.oid::regprocedure::text as nama, proowner
    from pg_proc p
    where pronamespace = 'public'::regnamespace
      and pg_has_role(proowner, 'usage')
      and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
      and exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner)))
        where grantee = 0 and privilege_type = 'EXECUTE')
  loop
    for peran in
      select oid, rolname from pg_roles
      where rolname <> 'sapa_whatsapp' and rolname !~ '^pg_' and not rolsuper and oid <> fungsi.proowner
    loop
      execute format('grant execute on routine %s to %I', fungsi.nama, peran.rolname);
    end loop;
    execute format('revoke execute on routine %s from public', fungsi.nama);
  end loop;
end $$;

select p.oid::regprocedure::text as masih_dapat_dipanggil, pg_get_userbyid(proowner) as pemilik
from pg_proc p
where pronamespace = 'public'::regnamespace and has_function_privilege('sapa_whatsapp', p.oid, 'execute')
order by 1;

commit;
