SELECT apogee.annee_uni.cod_anu, apogee.annee_uni.eta_anu_iae, apogee.annee_uni.lib_anu 
FROM apogee.annee_uni ORDER BY apogee.annee_uni.cod_anu
