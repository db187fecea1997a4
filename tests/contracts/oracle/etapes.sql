SELECT apogee.version_etape.cod_etp, apogee.version_etape.cod_vrs_vet, coalesce(apogee.version_etape.lib_web_vet, apogee.etape.lib_etp) AS lib_etp, apogee.version_etape.cod_cmp, apogee.composante.lib_cmp 
FROM apogee.version_etape JOIN apogee.etape ON apogee.etape.cod_etp = apogee.version_etape.cod_etp LEFT OUTER JOIN apogee.composante ON apogee.composante.cod_cmp = apogee.version_etape.cod_cmp 
WHERE (EXISTS (SELECT * 
FROM apogee.vdi_fractionner_vet 
WHERE apogee.version_etape.cod_etp = apogee.vdi_fractionner_vet.cod_etp AND apogee.version_etape.cod_vrs_vet = apogee.vdi_fractionner_vet.cod_vrs_vet AND (coalesce(apogee.vdi_fractionner_vet.daa_deb_val_vet, :coalesce_1) <= :coalesce_2 AND coalesce(apogee.vdi_fractionner_vet.daa_fin_val_vet, :coalesce_3) >= :coalesce_4 OR coalesce(apogee.vdi_fractionner_vet.daa_deb_val_vet, :coalesce_5) <= :coalesce_6 AND coalesce(apogee.vdi_fractionner_vet.daa_fin_val_vet, :coalesce_7) >= :coalesce_8))) OR (EXISTS (SELECT * 
FROM apogee.ins_adm_etp 
WHERE apogee.version_etape.cod_etp = apogee.ins_adm_etp.cod_etp AND apogee.version_etape.cod_vrs_vet = apogee.ins_adm_etp.cod_vrs_vet AND apogee.ins_adm_etp.cod_anu IN (:cod_anu_1_1, :cod_anu_1_2))) ORDER BY apogee.version_etape.cod_etp, apogee.version_etape.cod_vrs_vet
