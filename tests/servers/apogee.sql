-- Tables of the shape that APOGÉE's have, of our own: the columns that are read, with types as wide as they are known to be.
CREATE TABLE individu (cod_ind NUMERIC(8) PRIMARY KEY, cod_etu NUMERIC(8), lib_nom_pat_ind VARCHAR(30));
CREATE TABLE annee_uni (cod_anu VARCHAR(4) PRIMARY KEY, eta_anu_iae VARCHAR(1), lib_anu VARCHAR(40));
CREATE TABLE composante (cod_cmp VARCHAR(3) PRIMARY KEY, lib_cmp VARCHAR(40), cod_tpc VARCHAR(3));
CREATE TABLE etape (cod_etp VARCHAR(6) PRIMARY KEY, lib_etp VARCHAR(60));
CREATE TABLE version_etape (
  cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3), lib_web_vet VARCHAR(120), cod_cmp VARCHAR(3), PRIMARY KEY (cod_etp, cod_vrs_vet));
CREATE TABLE vdi_fractionner_vet (
  cod_dip VARCHAR(7), cod_vrs_vdi NUMERIC(3), cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3),
  daa_deb_val_vet VARCHAR(4), daa_fin_val_vet VARCHAR(4), PRIMARY KEY (cod_dip, cod_vrs_vdi, cod_etp, cod_vrs_vet));
CREATE TABLE ins_adm_etp (
  cod_anu VARCHAR(4), cod_ind NUMERIC(8), cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3), num_occ_iae NUMERIC(2),
  eta_iae VARCHAR(1), eta_pmt_iae VARCHAR(1), tem_iae_prm VARCHAR(1), cod_cge VARCHAR(3), dat_mod_iae TIMESTAMP,
  PRIMARY KEY (cod_anu, cod_ind, cod_etp, cod_vrs_vet, num_occ_iae));
CREATE TABLE ins_pedagogi_etp (
  cod_anu VARCHAR(4), cod_ind NUMERIC(8), cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3), cod_typ_ipe VARCHAR(1),
  PRIMARY KEY (cod_anu, cod_ind, cod_etp, cod_vrs_vet));
CREATE TABLE element_pedagogi (cod_elp VARCHAR(8) PRIMARY KEY, lib_elp VARCHAR(60), cod_pel VARCHAR(2), cod_cmp VARCHAR(3));
CREATE TABLE ind_contrat_elp (
  cod_anu VARCHAR(4), cod_ind NUMERIC(8), cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3), cod_elp VARCHAR(8), cod_lse VARCHAR(8),
  tem_prc_ice VARCHAR(1), dat_mod_ice TIMESTAMP, PRIMARY KEY (cod_anu, cod_ind, cod_etp, cod_vrs_vet, cod_elp));
CREATE TABLE ind_dispense_elp (
  cod_anu VARCHAR(4), cod_ind NUMERIC(8), cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3), cod_elp VARCHAR(8),
  PRIMARY KEY (cod_anu, cod_ind, cod_etp, cod_vrs_vet, cod_elp));
CREATE TABLE elp_regroupe_elp (
  cod_elp_pere VARCHAR(8), cod_lse VARCHAR(8), cod_elp_fils VARCHAR(8), eta_elp_fils VARCHAR(1), tem_sus_elp_fils VARCHAR(1),
  eta_lse VARCHAR(1), date_fermeture_lien DATE);
CREATE TABLE elp_porteur_porte (cod_anu VARCHAR(4), cod_elp_porteur VARCHAR(8), cod_elp_porte VARCHAR(8));
CREATE TABLE groupe (
  cod_gpe NUMERIC(8) PRIMARY KEY, cod_ext_gpe VARCHAR(10), lib_gpe VARCHAR(40), daa_deb_val_gpe VARCHAR(4), daa_fin_val_gpe VARCHAR(4));
CREATE TABLE gpe_obj (
  cod_gpo SERIAL PRIMARY KEY, cod_gpe NUMERIC(8), typ_obj_gpo VARCHAR(3), cod_elp VARCHAR(8), cod_etp VARCHAR(6), cod_vrs_vet NUMERIC(3));
CREATE TABLE ind_affecte_gpe (cod_anu VARCHAR(4), cod_ind NUMERIC(8), cod_gpe NUMERIC(8), PRIMARY KEY (cod_anu, cod_ind, cod_gpe));
