SELECT DISTINCT apogee.ind_affecte_gpe.cod_anu, apogee.individu.cod_etu, apogee.ind_affecte_gpe.cod_gpe 
FROM apogee.ind_affecte_gpe JOIN apogee.individu ON apogee.individu.cod_ind = apogee.ind_affecte_gpe.cod_ind 
WHERE apogee.ind_affecte_gpe.cod_anu IN (:cod_anu_1_1, :cod_anu_1_2) AND apogee.individu.cod_etu IS NOT NULL ORDER BY apogee.ind_affecte_gpe.cod_anu, apogee.individu.cod_etu, apogee.ind_affecte_gpe.cod_gpe
