-- A Supabase project with SAPA in it, as far as privileges go: Supabase's roles, its schemas, SAPA's tables with row level
-- security and what else a portal has. Run as the bootstrap superuser, which Supabase calls supabase_admin.
create role postgres login createdb createrole replication bypassrls;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres;
alter database postgres owner to postgres;

create schema auth;
create table auth.users (id uuid primary key, encrypted_password text);
create function auth.uid() returns uuid language sql stable as $$ select nullif(current_setting('request.jwt.sub', true), '')::uuid $$;
grant usage on schema auth to anon, authenticated, service_role, postgres;
create schema storage;
create table storage.objects (id uuid primary key, name text);
grant usage on schema storage to anon, authenticated, service_role, postgres;

set role postgres;
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

create table public.users (
  id uuid primary key, name text, role text, unit text, is_approved boolean, phone_number text, email text,
  created_at timestamptz, password_hash text, otp_code text
);
create table public.activities (
  id uuid primary key, user_id uuid references public.users, nama text, status text, tanggal_pelaksanaan date,
  tujuan_kegiatan text, kl_unit_terkait text, penanggung_jawab text, capaian text, pending_issue text,
  rencana_tindak_lanjut text, created_at timestamptz, catatan_internal text
);
create table public.allocations (
  id uuid primary key, activity_id uuid references public.activities, kode text, uraian text, jumlah numeric
);
create table public.processed_results (
  id uuid primary key, user_id uuid references public.users, file_name text, processed_data jsonb, totals jsonb,
  account_name_map jsonb, report_type text, report_date date, created_at timestamptz, file_content bytea
);
create table public.login_attempts (id serial primary key, user_id uuid, ip text);
create view public.user_secrets as select id, password_hash from public.users;
create function public.reset_password(target uuid) returns void language sql security definer
  as $$ update public.users set password_hash = 'baru' where id = target $$;
create function public.is_admin() returns boolean language sql stable
  as $$ select exists (select from public.login_attempts) $$;

-- The usual policies, for every role: ours must not stumble over what they look at.
alter table public.users enable row level security;
alter table public.activities enable row level security;
alter table public.allocations enable row level security;
alter table public.processed_results enable row level security;
alter table public.login_attempts enable row level security;
create policy own_row on public.users using (auth.uid() = id);
create policy own_rows on public.activities using (auth.uid() = user_id or public.is_admin());
create policy own_rows on public.allocations
  using (exists (select from public.activities a where a.id = activity_id and a.user_id = auth.uid()));
create policy own_rows on public.processed_results
  using (auth.uid() = user_id or exists (select from public.login_attempts l where l.user_id = auth.uid()));
reset role;
